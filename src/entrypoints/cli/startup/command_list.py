"""The commands: where each of them is, and what it does in a line."""

from __future__ import annotations

#: By the name of each: its module among the commands and what is called there, and its line in the list.
COMMANDS = {
    "import": ("import_command:import_command", "Import a folder or file of GEX history into the lake."),
    "scan": ("scan:scan", "Say what a folder or file holds, without importing it."),
    "query": ("query:query", "Show snapshots: the latest, as of a moment, or a range."),
    "ladder": ("ladder:ladder", "Show the strikes of one snapshot."),
    "day": ("day:day", "Draw a trading day: spot between its walls."),
    "runs": ("lineage:runs", "List the import runs."),
    "lineage": ("lineage:lineage", "List the source files and what became of them."),
    "rejects": ("rejects:rejects", "Look at the records that did not go in, and replay them."),
    "verify": ("verify:verify", "Prove that every record is accounted for and all stores agree."),
    "rebuild": ("rebuild:rebuild", "Make the lake's database anew from its journal and Parquet files."),
    "repair": ("repair:repair", "Set damaged parts aside, and say which sources to import again."),
    "remove": ("remove:remove", "Take out of the lake what a file or a folder gave."),
    "compact": ("compact:compact", "Make one part of each day that was imported bit by bit."),
    "backup": ("backup:backup", "Copy the lake, while it is in use, into a folder."),
    "restore": ("backup:restore", "Make the lake of a backup."),
    "flagged": ("flagged:flagged", "List the ladders that do not add up to the vendor's sums."),
    "coverage": ("coverage:coverage", "Say what is there of each session, and what is missing."),
    "doctor": ("doctor:doctor", "Look at all that gexlake stands on, and say what is wrong."),
    "plugins": ("plugins:plugins", "List the plugins, and which adapter serves which port."),
    "serve": ("serve:serve", "Serve the lake over HTTP."),
    "synth": ("synth:synth", "Write made-up history in the vendor's form."),
    "demo": ("demo:demo", "Show on made-up history what gexlake does."),
}
