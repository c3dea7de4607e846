/**
 * What the TAP service says of itself, from the tables that it works by: formats, languages, functions,
 * limits. TAPRegExt 1.0 §2; TAP 1.1 §2.4; ADQL 2.1 §4.1; conformance V-1 to V-15.
 */
