"""Models as data: what each is, takes, costs, and how long it lives; one TOML file per provider in `data`."""
