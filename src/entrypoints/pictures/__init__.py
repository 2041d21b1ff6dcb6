"""Pictures of a day, and the steps, ranges and prices they are drawn of."""
