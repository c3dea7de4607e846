#!/usr/bin/env bash
# What ESO's own module and its users' scripts do, with curl alone. Files go to the second argument.
set -euo pipefail
base=$1; folder=$2; user=$3; password=$4; query=$5
cd "$folder"

token=$(curl -sSf -G "$base/sso/oidc/token" --data-urlencode 'response_type=id_token token' -d grant_type=password \
  -d client_id=clientid --data-urlencode "username=$user" --data-urlencode "password=$password" \
  | sed -E 's/.*"id_token" *: *"([^"]+)".*/\1/')
auth="Authorization: Bearer $token"

job=$(curl -sS -o /dev/null -w '%{redirect_url}' -H "$auth" "$base/tap_obs/async" -d REQUEST=doQuery -d LANG=ADQL -d FORMAT=csv --data-urlencode "QUERY=$query")
echo "job $job"
curl -sSf -o /dev/null -H "$auth" -d EXECUTIONDURATION=300 "$job/executionduration"
curl -sSf -o /dev/null -H "$auth" -d PHASE=RUN "$job/phase"
for _ in $(seq 100); do
  phase=$(curl -sSf -H "$auth" "$job/phase")
  case $phase in COMPLETED|ERROR|ABORTED) break;; esac
  sleep 0.1
done
echo "phase $phase"
curl -sSf -H "$auth" "$job/results/result" -o result.csv
echo "lines $(wc -l < result.csv)"
echo "deleted $(curl -sS -o /dev/null -w '%{http_code}' -X DELETE -H "$auth" "$job")"
echo "gone $(curl -sS -o /dev/null -w '%{http_code}' -H "$auth" "$job")"

first=$(sed -n 2p result.csv | tr -d '\r' | cut -d, -f1)
curl -sSfOJ -H "$auth" "$base/dataPortal/file/$first"
echo "file $(ls *.fits.Z)"
# the address is sent raw: its second question mark and its colons are not escaped
curl -sSf -H "$auth" "$base/datalink/links?ID=ivo://eso.org/ID?$first" -o links.xml
curl -sSf -H "$auth" "$base/calselector/v1/associations?dp_id=$first&mode=raw2master&responseformat=votable" -o calibrations.xml
masters=$(grep -oE 'https?://[^<]*ID\?M\.[^<]*' calibrations.xml | sed 's/&amp;/\&/g' | grep eso_download | sort -u)
for url in $masters; do curl -sSfLOJ "$url"; done
echo "masters $(ls M.*.fits | wc -l)"
curl -sSfOJ -H "$auth" "$base/calselector/v1/associations?dp_id=$first&mode=Raw2Raw"
echo "tree $(ls *_raw2raw.xml)"
curl -sSf "$base/hdr?DpId=$first" -o header.html
echo "header $(grep -c '^OBJECT' header.html)"
echo "range $(curl -sSf -r 0-1 -H "$auth" "$base/dataPortal/file/$first" | od -An -tx1 | tr -d ' ')"
echo "beyond $(curl -sS -o /dev/null -w '%{http_code}' -r 999999999- -H "$auth" "$base/dataPortal/file/$first")"
echo "forged $(curl -sS -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer a.b.c' "$base/dataPortal/file/$first")"
echo "suffix $(curl -sS -o /dev/null -w '%{http_code}' -H "$auth==" "$base/dataPortal/file/$first")"
