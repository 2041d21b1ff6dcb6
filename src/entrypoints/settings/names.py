"""Where settings are looked for, and what some are, as far as it can be said without loading what reads them."""

from __future__ import annotations

PREFIX = "GEXLAKE_"
ENV_FILE = ".env"
TOML_FILE = "gexlake.toml"
#: Names another TOML file than the one in the working directory.
TOML_VARIABLE = PREFIX + "CONFIG"
#: What runs the workers of a server's imports where nothing is set; of what is built in, it alone gives way.
SERVER_WORK_POOL = "background"
