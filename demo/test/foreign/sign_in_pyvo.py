"""Every way of signing in that pyvo knows, and none. Prints one JSON line: rows counted by each."""
import json
import sys

import pyvo
import requests

base, username, password = sys.argv[1:4]
query = "SELECT COUNT(*) AS n FROM dbo.raw"
seen = {}


def count(name, set_credentials):
    auth = pyvo.auth.AuthSession()
    set_credentials(auth.credentials)
    tap = pyvo.dal.TAPService(base + "/tap_obs", session=auth)
    auth.update_from_capabilities(tap.capabilities)
    job = tap.submit_job(query)
    job.run()
    job.wait(timeout=60.0)
    seen[name] = [int(tap.search(query)["n"][0]), int(job.fetch_result()["n"][0]), job.owner]
    job.delete()
    return tap


login = requests.post(base + "/sso/oidc/token", data={"username": username, "password": password})
login.raise_for_status()
bearer = requests.Session()
bearer.headers["Authorization"] = "Bearer " + login.headers["X-VO-Bearer"]

tap = count("anonymous", lambda credentials: None)
count("password", lambda credentials: credentials.set_password(username, password))
count("cookie", lambda credentials: credentials.set_cookie_jar(login.cookies))
count("bearer", lambda credentials: credentials.set("ivo://ivoa.net/sso#OAuth", bearer))
seen["methods"] = [
    str(method.standardid)
    for capability in tap.capabilities if capability.standardid == "ivo://ivoa.net/std/TAP"
    for interface in capability.interfaces for method in interface.securitymethods]
try:
    count("wrong", lambda credentials: credentials.set_password(username, "wrong"))
except Exception as error:
    seen["wrong"] = "401" in str(error)
print(json.dumps(seen))
