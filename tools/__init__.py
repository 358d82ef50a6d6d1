"""The programs behind the Makefile's commands; nothing here is shipped."""
