"""The stand-in vendors: four image APIs emulated by one process, strict as their references describe."""
