"""Where settings are looked for, as far as it can be said without loading what reads them."""

from __future__ import annotations

PREFIX = "GEXLAKE_"
ENV_FILE = ".env"
TOML_FILE = "gexlake.toml"
#: Names another TOML file than the one in the working directory.
TOML_VARIABLE = PREFIX + "CONFIG"
