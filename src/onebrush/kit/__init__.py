"""Tools that know no domain words: pictures' bytes, JSON bodies in and out, time, names and logs."""
