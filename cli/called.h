/* Commands that messages propose: each works as it stands, where it is read. */
#ifndef LACO_CLI_CALLED_H
#define LACO_CLI_CALLED_H

#include <stddef.h>
#include <stdio.h>

/* Keeps how the program was called: by its name alone it is found again by that, else by its path. */
void called_as(const char *argv0);

/* How it was called, ready for a shell. */
const char *called(void);

/* printf; in `format` the word laco before a space stands for the program as it was called. */
void say_command(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same as a text of at most size − 1 bytes. */
void show_command(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* `text` as one word of a shell: in quotes, where it needs them. Returns `word`, which is cut where it is too small. */
#define SHELL_WORD 4200
const char *shell_word(const char *text, char *word, size_t size);

#endif
