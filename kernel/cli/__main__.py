"""Run the command as `python -m kernel.cli`."""

from kernel.cli.main import main

main()
