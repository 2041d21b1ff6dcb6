"""gexlake: options gamma exposure (GEX) history, from JSON files into a lake of DuckDB and Parquet."""

__version__ = "0.1.0"
