"""Contract suites and a toy shop: it may import anything, and only tests import it."""
