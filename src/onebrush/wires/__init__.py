"""Pure translation between OneBrush and the public formats, one package for each."""
