#!/bin/sh
# What puts values into JSON looks at whether that went well: a value that is left out for want of memory is a damaged answer or file.
# laco_json_put, laco_json_add and the program's json_put and json_add do; Jansson's own functions are no statements.
#
#   tests/check_json.sh [ROOT]
set -eu

cd "${1:-.}"
if grep -rnE '^[[:space:]]*(\(void\) *)?json_(object_(set|update|del|clear)|array_(append|set|insert|extend))[a-z_]*\(' --include='*.c' src cli | grep -vE '(<|==|!=) 0'; then
    echo "check_json: nothing looks at whether these went well"
    exit 1
fi
[ -d src ] && [ -d cli ]
