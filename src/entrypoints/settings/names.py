"""Where settings are looked for, and what some are, as far as it can be said without loading what reads them."""

from __future__ import annotations

PREFIX = "GEXLAKE_"
ENV_FILE = ".env"
TOML_FILE = "gexlake.toml"
#: Names another TOML file than the one in the working directory.
TOML_VARIABLE = PREFIX + "CONFIG"
#: What two settings are where nothing is set: the folder of the lake, and what runs the workers.
LAKE, WORK_POOL = "lake", "processes"
#: The same of the workers of a server's imports; of what is built in, it alone gives way.
SERVER_WORK_POOL = "background"
