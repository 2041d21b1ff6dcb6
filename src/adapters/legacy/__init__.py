"""The legacy reader: a folder of JSON day files, in all the forms that recorders and exports left behind."""
