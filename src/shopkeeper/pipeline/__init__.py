"""What flows (QueryBatch, ItemLists), the stages it flows through, and how they compose."""
