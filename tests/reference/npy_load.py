"""npy_load.py FILE: loads it as NumPy does and memory-maps it; prints shape, type, order and the values' sum of squares."""
import sys

import numpy as np

array = np.load(sys.argv[1])
mapped = np.load(sys.argv[1], mmap_mode="r")
print(array.shape, array.dtype.str, array.flags["C_CONTIGUOUS"], mapped.offset % 64, np.array_equal(array, mapped))
with open(sys.argv[1] + ".raw", "wb") as raw:
    raw.write(array.tobytes())
