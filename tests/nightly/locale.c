/* What a program with a user's locale does first, for LD_PRELOAD: laco itself stays in that of C. */
#include <locale.h>
#include <stdlib.h>

__attribute__((constructor)) static void begin(void)
{
    const char *wanted = getenv("LC_ALL");
    if (wanted && !setlocale(LC_ALL, wanted))
        abort();
}
