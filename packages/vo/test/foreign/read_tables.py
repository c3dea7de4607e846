"""Prints each table given as JSON: its columns, its rows, null for what is masked or NaN."""
import json
import sys
import warnings

import numpy
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table

warnings.simplefilter('ignore')


def plain(value):
    if value is numpy.ma.masked:
        return None
    if isinstance(value, (numpy.ndarray, numpy.ma.MaskedArray)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode('ascii')
    if isinstance(value, (float, numpy.floating)):
        return None if numpy.isnan(value) else repr(float(value))
    if isinstance(value, numpy.generic):
        value = value.item()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


for path in sys.argv[1:]:
    if path.endswith('.fits'):
        with fits.open(path) as file:
            file.verify('exception')
            status = file[1].header['QSTATUS']
        table = Table.read(path)
    else:
        resource = parse(path).resources[0]
        status = [info.value for info in resource.infos if info.name == 'QUERY_STATUS'][-1]
        table = resource.tables[0].to_table()
    rows = [[plain(row[name]) for name in table.colnames] for row in table]
    print(json.dumps({'names': table.colnames, 'status': status, 'rows': rows}))
