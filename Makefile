# A thin front for Meson: it sees to the packages, then calls the tool. `make help` lists what there is.

BUILD = build
SANITIZE = build-sanitize
MESON_OPTIONS =
TEST_OPTIONS =

.DEFAULT_GOAL := build
.NOTPARALLEL:
.PHONY: build test nightly demo install sanitize lint format bench python build-bench bench-kernels bench-breakdown symbols static deb test-packages clean help packages

# Meson asks for what the tests are built with when it is set up, so their packages are wanted always; `test`, `demo` and `lint` want more.
PACKAGES = build test
test demo sanitize: PACKAGES += picture
lint format: PACKAGES += lint

packages:
	@tools/install-packages $(PACKAGES)

build: packages $(BUILD)/build.ninja
	@ninja -C $(BUILD) installed
	@echo
	@echo 'The program is $(BUILD)/cli/laco. To begin:   $(BUILD)/cli/laco demo names'
	@echo 'make install puts it on the PATH, with its manual (man laco) and the completion of shells.'

$(BUILD)/build.ninja: | packages
	@meson setup $(BUILD) --libdir=lib $(MESON_OPTIONS)

$(SANITIZE)/build.ninja: | packages
	@meson setup $(SANITIZE) -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false -Dpython=disabled $(MESON_OPTIONS)

# Builds what the tests need, too.
test: packages $(BUILD)/build.ninja
	@meson test -C $(BUILD) --print-errorlogs $(TEST_OPTIONS)

# NIGHTLY=--short does the same in some minutes; NIGHTLY=kills that part alone. docs/reliability.md has more.
nightly: PACKAGES += picture lint nightly
nightly: packages $(BUILD)/build.ninja
	@ninja -C $(BUILD) cli/laco tests/test_recurrent_lowprec
	@BUILD=$(abspath $(BUILD)) tests/nightly/run $(NIGHTLY)

demo: build
	@./$(BUILD)/cli/laco demo names

# PREFIX is /usr/local unless given; DESTDIR goes before it. Libraries go to PREFIX/lib, where Debian's loader and pkg-config look.
install: build
	@$(if $(PREFIX),meson configure $(BUILD) -Dprefix=$(abspath $(PREFIX)) && ninja -C $(BUILD) installed)
	@DESTDIR='$(DESTDIR)' meson install -C $(BUILD) --no-rebuild
	@if [ -z '$(DESTDIR)' ] && [ "$$(id -u)" = 0 ]; then ldconfig || true; fi

# Sanitizers are slow, hence the longer limit on time.
sanitize: export UBSAN_OPTIONS = halt_on_error=1:print_stacktrace=1
sanitize: packages $(SANITIZE)/build.ninja
	@meson test -C $(SANITIZE) --print-errorlogs --timeout-multiplier 4 $(TEST_OPTIONS)

lint: packages $(BUILD)/build.ninja
	@tools/lint $(BUILD)

format: packages
	@tools/format

# PYTHONPATH=build/python python3 -c 'import laco' works then.
python: PACKAGES += python
python: packages $(BUILD)/build.ninja
	@ninja -C $(BUILD) python

build-bench: build
	@ninja -C $(BUILD) build-bench

# ROW=names runs the rows of that name alone; BENCH_OPTIONS goes to bench/run (--rounds, --seconds, --threads).
bench: PACKAGES += peers
bench: build-bench
	@/usr/bin/python3 bench/run --build $(BUILD) $(BENCH_OPTIONS) $(ROW)

bench-kernels: build-bench
	@./$(BUILD)/bench/kernel_bench

# LAYER="lstm 128 32 64": that one, of 128 units, 32 sequences, 64 steps.
bench-breakdown: build-bench
	@./$(BUILD)/bench/breakdown $(LAYER)

symbols: build
	@ninja -C $(BUILD) symbols

# One program without a shared library: docs/install.md says what it leaves out.
static: PACKAGES = build static
static: packages
	@tools/static $(BUILD)-static

# The packages of debian/ into packages/; laco-models with them where tools/pretrained has made the models.
deb: PACKAGES += deb mpi
deb: packages
	@tools/deb

# What is installed by packages, by pip and as one program, each tried in a place of its own. Takes some minutes.
test-packages: PACKAGES += deb mpi static python
test-packages: packages deb static
	@tests/packages.sh
	@tests/static_program.sh
	@tests/pip_install.sh /usr/bin/python3 .

clean:
	rm -rf $(BUILD) $(BUILD)-static $(SANITIZE) packages

help:
	@echo 'make            build the library and the program into $(BUILD)/'
	@echo 'make test       build and run the tests'
	@echo 'make nightly    every fault that can be made, over every task, for hours; NIGHTLY=--short: for minutes'
	@echo 'make demo       build, train on names, show what was learned'
	@echo 'make python     build the Python module into $(BUILD)/python'
	@echo 'make install    install to PREFIX (/usr/local), below DESTDIR where that is given'
	@echo 'make sanitize   the tests under AddressSanitizer and UBSan'
	@echo 'make lint       clang-tidy with the checks of .clang-tidy'
	@echo 'make format     lay out the C files as .clang-format says'
	@echo 'make bench      laço beside PyTorch, oneDNN and ONNX Runtime, as a table; ROW=names: those rows alone'
	@echo 'make bench-kernels   each kernel beside the reference and the limit'
	@echo 'make bench-breakdown where the time of a layer goes; LAYER="lstm 128 32": that one alone'
	@echo 'make symbols    write tests/symbols.txt anew, after a wanted change to what is exported'
	@echo 'make static     one program without a shared library, into $(BUILD)-static'
	@echo 'make deb        Debian packages into packages/; make test-packages tries them, pip and the static program'
	@echo 'make clean      remove the build directories'
	@echo
	@echo 'Missing packages are installed through apt-get (with sudo where needed). MESON_OPTIONS is handed to'
	@echo '`meson setup`, TEST_OPTIONS to `meson test`; BUILD is the build directory.'
