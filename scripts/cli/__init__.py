"""The `untold` command, one file a subcommand (see `main` for what each must have)."""
