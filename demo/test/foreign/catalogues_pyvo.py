"""The catalogues of tap_cat with pyvo, by the queries that astroquery's eso module makes. Prints one JSON line."""
import json
import sys

import pyvo

base = sys.argv[1]
tap = pyvo.dal.TAPService(base + "/tap_cat")
seen = {"pyvo": pyvo.__version__}


def column(query, name):
    return [row[name] for row in tap.search(query, maxrec=200000)]


# list_catalogs(): all versions, and the latest
every = "SELECT table_name FROM TAP_SCHEMA.tables WHERE schema_name='safcat' "
seen["all"] = column(every + "ORDER BY table_name", "table_name")
seen["latest"] = column(
    every + "AND cat_id IN ( SELECT t1.cat_id FROM TAP_SCHEMA.tables t1 "
    "LEFT JOIN TAP_SCHEMA.tables t2 ON (t1.title = t2.title AND t1.version < t2.version) "
    "WHERE t2.title IS NULL) ORDER BY table_name", "table_name")
assert all("." in name for name in column("select top 1 table_name from TAP_SCHEMA.tables", "table_name"))

# help: the columns of a catalogue and how many rows it has
seen["help"] = [
    [str(row[name] or "") for name in ("column_name", "datatype", "unit", "ucd")]
    for row in tap.search("select column_name, datatype, unit, ucd from TAP_SCHEMA.columns "
                          "where table_name = 'safcat.QUIPU_DEEP_Z_V1'")]
seen["counts"] = [int(tap.search(f"select count(*) from {name}").to_table()[0][0]) for name in seen["all"]]
seen["versions"] = [
    [int(row[name]) for name in ("cat_id", "version", "number_rows", "number_columns")]
    for row in tap.search("SELECT cat_id, version, number_rows, number_columns FROM TAP_SCHEMA.tables "
                          "WHERE schema_name = 'safcat' ORDER BY cat_id")]
seen["tables"] = sorted(tap.tables.keys())
seen["keys"] = [
    [str(row[name]) for name in ("from_table", "target_table", "from_column", "target_column")]
    for row in tap.search("SELECT k.from_table, k.target_table, c.from_column, c.target_column "
                          "FROM TAP_SCHEMA.keys AS k JOIN TAP_SCHEMA.key_columns AS c ON c.key_id = k.key_id "
                          "WHERE k.from_table LIKE 'safcat.%'")]

# query_catalog(): everything, filtered, and as a job
whole = tap.search("select * from safcat.QUIPU_DEEP_V1", maxrec=200000).to_table()
seen["rows"] = len(whole)
seen["some_null"] = bool(whole["mag_v"].mask.any() or (whole["mag_v"] != whole["mag_v"]).any())
seen["both_sides_of_zero"] = bool((whole["ra"] > 359).any() and (whole["ra"] < 1).any())
seen["cone"] = int(column("SELECT COUNT(*) AS n FROM safcat.QUIPU_DEEP_V1 WHERE "
                          "1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 0, -30, 0.5))", "n")[0])
seen["remark"] = str(column("select top 1 remark from safcat.QUIPU_DEEP_Z_V1 where remark like '%O II%'", "remark")[0])
seen["joined"] = int(column("SELECT COUNT(*) AS n FROM safcat.QUIPU_DEEP_Z_V1 AS r "
                            "JOIN safcat.QUIPU_DEEP_V1 AS s ON s.source_id = r.source_id AND s.ra = r.ra", "n")[0])
job = tap.submit_job("SELECT TOP 50000 * FROM safcat.QUIPU_DEEP_V1 ORDER BY source_id", maxrec=50000)
job.run()
job.wait(phases=["COMPLETED", "ERROR", "ABORTED"], timeout=60.0)
result = job.fetch_result()
seen["job"] = [job.phase, len(result), list(result.fieldnames), int(result["source_id"][0])]
job.delete()

try:
    tap.search("SELECT TOP 1 * FROM dbo.raw")
    seen["raw"] = "answered"
except pyvo.dal.DALQueryError:
    seen["raw"] = "refused"

print(json.dumps(seen))
