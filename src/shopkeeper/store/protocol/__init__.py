"""The narrow seams of the shop's memory, and the small records they answer with: one file for each concept."""
