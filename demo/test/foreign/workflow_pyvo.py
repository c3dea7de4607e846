"""ESO's tutorial with pyvo and requests, as its users run it. Prints one JSON line of what it saw."""
import json
import re
import sys

import pyvo
import requests

base, username, password, folder, query = sys.argv[1:6]
seen = {"pyvo": pyvo.__version__}

# 1 authenticate: the GET that ESO's module sends
response = requests.get(base + "/sso/oidc/token", params={
    "response_type": "id_token token", "grant_type": "password", "client_id": "clientid",
    "username": username, "password": password})
response.raise_for_status()
token = response.json()["id_token"]

session = requests.Session()
session.trust_env = False
session.headers["Authorization"] = "Bearer " + token

# 2 authorised asynchronous search
tap = pyvo.dal.TAPService(base + "/tap_obs", session=session)
seen["tables"] = sorted(name for name in tap.tables.keys())
job = tap.submit_job(query)
job.execution_duration = 300
job.run()
job.wait(phases=["COMPLETED", "ERROR", "ABORTED"], timeout=60.0)
seen["phase"] = job.phase
job.raise_if_error()
results = job.fetch_result()
seen["rows"] = len(results)
seen["columns"] = list(results.fieldnames)
seen["dp_ids"] = [row["dp_id"] for row in results]
seen["s_region"] = [row["s_region"] for row in results]
url = job.url
job.delete()
gone = session.get(url)
seen["deleted"] = gone.status_code


def download(url, http):
    """ESO's downloadURL: the server names the file."""
    with http.get(url, stream=True) as answer:
        if answer.status_code != 200:
            return answer.status_code, None
        disposition = answer.headers.get("Content-Disposition", "")
        name = re.findall(r"filename=(\S+)", disposition)[0].strip('"')
        size = 0
        with open(folder + "/" + name, "wb") as out:
            for chunk in answer.iter_content(chunk_size=50000):
                out.write(chunk)
                size += len(chunk)
        assert size == int(answer.headers["Content-Length"])
        return 200, name


# 3 download
seen["raw_files"] = [download(row["access_url"], session) for row in results]

# 4 DataLink and calSelector
datalink = pyvo.dal.adhoc.DatalinkResults.from_result_url(results[0]["datalink_url"], session=session)
# pyvo 1.2 cannot look full-URI terms up (bysemantics): compare the rows.
links = {row["semantics"]: row["access_url"] for row in datalink}
seen["semantics"] = list(links)
raw2master = links["http://archive.eso.org/rdf/datalink/eso#calSelector_raw2master"]
calibrations = pyvo.dal.adhoc.DatalinkResults.from_result_url(raw2master, session=session)
this = next(row for row in calibrations if row["semantics"] == "#this")
seen["flags"] = {name: (re.findall(name + '="([^"]+)"', this["description"]) or [""])[0]
                 for name in ("category", "complete", "certified", "mode", "messages")}
public = requests.Session()
public.trust_env = False
files = [row for row in calibrations if row["semantics"] == "#calibration"]
seen["calibrations"] = [[download(row["access_url"], public), row["eso_category"]] for row in files]
tree = [row for row in calibrations if row["eso_category"] == "ASSOCIATION_TREE"][0]
answer = session.get(tree["access_url"])
seen["tree"] = [answer.status_code, answer.headers["Content-Type"], answer.headers["Content-Disposition"], answer.text[:60]]

# the same without a token
anonymous = pyvo.dal.TAPService(base + "/tap_obs", session=public)
seen["anonymous_rows"] = len(anonymous.search(query))
seen["overflow"] = len(anonymous.search("SELECT dp_id FROM dbo.raw", maxrec=5))

print(json.dumps(seen))
