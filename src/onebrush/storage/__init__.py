"""Where records and pictures are kept: the journal writes, the rows read, the objects hold the bytes."""
