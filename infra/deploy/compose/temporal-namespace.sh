#!/bin/sh
# Creates the namespace and the search attributes that sweeps carry. May run any number of times.
set -eu

until temporal operator cluster health; do sleep 2; done
temporal operator namespace describe --namespace default > /dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 30d
for attribute in Sweep Lang Stage Task BaseModel Outcome; do
  temporal operator search-attribute create --namespace default --name "$attribute" --type Keyword
done
