#!/bin/sh
# Makes a Python environment with what tests of federated learning need (src/fleet/flower/requirements.txt) in one folder, which git
# ignores. What is there already is left alone. Ends with status 1 and the reason where it cannot: those tests then say that they were skipped.
#
#   sh scripts/python-packages.sh [<folder>]     default .flower; then set TINYML_TEST_FLOWER to another folder
set -eu

folder=${1:-.flower}
requirements=$(dirname "$0")/../src/fleet/flower/requirements.txt

works() {
  [ -x "$folder/bin/flower-superlink" ] && cmp -s "$requirements" "$folder/requirements.txt"
}

refuse() {
  echo "no Flower here: $1" >&2
  mkdir -p "$folder"
  echo "$1" >"$folder/why-not"
  exit 1
}

if works; then
  echo "ready    $folder"
  exit 0
fi

command -v python3 >/dev/null 2>&1 || refuse "python3 is not installed"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || refuse "python3 is older than 3.11"
python3 -m venv "$folder" >/dev/null 2>&1 || refuse "python3 makes no environments (on Debian: apt-get install python3-venv)"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 -r "$requirements" ||
  refuse "pip cannot install $(cat "$requirements")"
cp "$requirements" "$folder/requirements.txt"
rm -f "$folder/why-not"
works || refuse "the commands of Flower are not in $folder/bin"
echo "ready    $folder"
