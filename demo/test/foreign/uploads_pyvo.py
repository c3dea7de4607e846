"""Uploads with pyvo, in every form that it has. Prints one JSON line."""
import json
import sys

import pyvo
from astropy.table import Table

base, path = sys.argv[1:3]
tap = pyvo.dal.TAPService(base + "/tap_obs")
table = Table({"id": [1, 2, 3], "ra": [10.5, 11.5, 12.5], "name": ["a", "b", "Größe"]})
table.write(path, format="votable", overwrite=True)
every = "SELECT * FROM TAP_UPLOAD.t1 ORDER BY id"
seen = {}

result = tap.run_sync(every, uploads={"t1": table}).to_table()
seen["values"] = [[int(row["id"]), float(row["ra"]), str(row["name"])] for row in result]
seen["path"] = len(tap.run_sync(every, uploads={"t1": path}))
with open(path, "rb") as file:
    seen["file"] = len(tap.run_sync(every, uploads={"t1": file}))
seen["two"] = len(tap.run_sync("SELECT * FROM TAP_UPLOAD.a JOIN TAP_UPLOAD.b USING (id)", uploads={"a": table, "b": path}))
seen["async"] = len(tap.run_async(every, uploads={"t1": table}))
seen["result"] = len(tap.run_sync("SELECT * FROM TAP_UPLOAD.r", uploads={"r": tap.run_sync("SELECT TOP 5 * FROM ivoa.ObsCore")}))

job = tap.submit_job("SELECT * FROM TAP_UPLOAD.t1 JOIN TAP_UPLOAD.t2 USING (id)", uploads={"t1": table})
job.upload(t2=path)
job.run().wait(timeout=60)
seen["job"] = [job.phase, len(job.fetch_result())]
seen["again"] = len(tap.run_sync("SELECT * FROM TAP_UPLOAD.x", uploads={"x": job.result_uri}))
job.delete()

try:
    tap.run_sync("SELECT * FROM TAP_UPLOAD.t2", uploads={"t1": table})
except pyvo.dal.DALQueryError as error:
    seen["error"] = str(error)
print(json.dumps(seen))
