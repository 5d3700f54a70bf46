"""Run by pvpython: ranges of all fields of some files at all times, as JSON. It knows nothing of the package."""

import json
import sys

from paraview import simple

found = {"version": str(simple.GetParaViewVersion()), "files": {}}
for path in sys.argv[1:]:
    if path.endswith(".xmf"):
        source = simple.XDMFReader(FileNames=[path])
    else:
        source = simple.OpenDataFile(path)
    source.UpdatePipelineInformation()
    steps = []
    for time in source.TimestepValues:
        source.UpdatePipeline(time)
        cells = source.GetDataInformation().GetNumberOfCells()
        arrays = (source.CellData.GetArray(k) for k in range(source.CellData.GetNumberOfArrays()))
        ranges = {a.Name: [a.GetRange(k) for k in range(a.GetNumberOfComponents())] for a in arrays}
        steps.append({"time": time, "cells": cells, "ranges": ranges})
    found["files"][path] = steps
print(json.dumps(found))
