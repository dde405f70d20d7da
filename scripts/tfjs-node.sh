#!/bin/sh
# Makes @tensorflow/tfjs-node run without the downloads of its install script: the package from npm, the TensorFlow
# libraries from the tensorflow-cpu wheel of pip, and the addon compiled here. Everything goes into one folder (about
# 1.5 GB); neither node_modules of the project nor anything global changes. What is there already is left alone.
#
#   sh scripts/tfjs-node.sh [<folder>]     default .tfjs; then set TINYML_TFJS to another folder
set -eu

TFJS=4.22.0
TENSORFLOW=2.21.0

refuse() {
  echo "error: $1" >&2
  echo "hint: $2" >&2
  exit 1
}

folder=${1:-.tfjs}
mkdir -p "$folder" 2>/dev/null || refuse "the folder $folder cannot be made" "name a folder that can be written"
folder=$(cd "$folder" && pwd)
package=$folder/node_modules/@tensorflow/tfjs-node
addon=$package/lib/napi-v8/tfjs_binding.node

# Loads the package and adds 1 and 2.
works() {
  [ -f "$addon" ] && TF_CPP_MIN_LOG_LEVEL=3 node -e '
    const tf = require(process.argv[1]);
    if (tf.getBackend() !== "tensorflow" || tf.add(1, 2).dataSync()[0] !== 3) process.exit(1);
  ' "$package" >"$folder/check.log" 2>&1
}

if works; then
  echo "ready    $folder"
  exit 0
fi

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] ||
  refuse "there is no tensorflow-cpu wheel for $(uname -s) on $(uname -m)" \
    "only Linux on x86-64 is supported; elsewhere install @tensorflow/tfjs-node with npm"

missing=
for tool in node npm python3 make; do
  command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if command -v python3 >/dev/null 2>&1; then
  python3 -m pip --version >/dev/null 2>&1 || missing="$missing pip"
fi
command -v "${CXX:-c++}" >/dev/null 2>&1 || missing="$missing c++"
[ -z "$missing" ] || refuse "missing:$missing" "on Debian: apt-get install g++ make python3 python3-pip"

headers=$(node -p 'require("node:path").resolve(process.execPath, "../..")')
[ -f "$headers/include/node/node_api.h" ] ||
  refuse "the headers of Node are not in $headers/include/node" "on Debian: apt-get install libnode-dev"

if [ ! -f "$package/binding.gyp" ]; then
  echo "fetching @tensorflow/tfjs-node $TFJS"
  cat >"$folder/package.json" <<EOT
{
  "private": true,
  "scripts": { "compile": "cd node_modules/@tensorflow/tfjs-node && node-gyp rebuild" },
  "dependencies": { "@tensorflow/tfjs-node": "$TFJS" }
}
EOT
  # Its install script would download what the next steps make.
  npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error ||
    refuse "npm cannot install @tensorflow/tfjs-node" "see the messages above"
fi

if [ ! -f "$folder/tensorflow/complete" ]; then
  echo "fetching tensorflow-cpu $TENSORFLOW"
  # The libraries do not depend on Python, so the wheel of any version will do, whichever runs here.
  python3 -m pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.11 \
    --dest "$folder/wheel" "tensorflow-cpu==$TENSORFLOW" ||
    refuse "pip cannot download tensorflow-cpu $TENSORFLOW" "see the messages above"
  rm -rf "$folder/tensorflow"
  python3 - "$folder"/wheel/tensorflow_cpu-*.whl "$folder" <<'EOT' ||
import sys, zipfile
wheel, folder = sys.argv[1:]
wanted = ("tensorflow/include/", "tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(folder, [name for name in archive.namelist() if name.startswith(wanted)])
EOT
    refuse "the wheel cannot be unpacked" "is the disk full?"
  rm -rf "$folder/wheel"
  : >"$folder/tensorflow/complete"
fi

# The names that the linker asks for, and those that the libraries give themselves.
mkdir -p "$package/deps/lib"
ln -sfn "$folder/tensorflow/include" "$package/deps/include"
for library in cc framework; do
  ln -sfn "$folder/tensorflow/libtensorflow_$library.so.2" "$package/deps/lib/libtensorflow_$library.so.2"
done
ln -sfn libtensorflow_cc.so.2 "$package/deps/lib/libtensorflow.so"
ln -sfn libtensorflow_framework.so.2 "$package/deps/lib/libtensorflow_framework.so"

echo "compiling the addon"
# The definitions are those of node-pre-gyp. An empty npm_config_nodedir would win over the flag.
(
  unset npm_config_nodedir
  CXXFLAGS=-std=c++17 npm run --silent --prefix "$folder" compile -- --nodedir="$headers" -- \
    -Dmodule_name=tfjs_binding -Dmodule_path="$package/lib/napi-v8" -Dnapi_build_version=8
) >"$folder/compile.log" 2>&1 || refuse "the addon cannot be compiled" "see $folder/compile.log"

works || refuse "the addon is compiled but does not run" "see $folder/check.log"
echo "ready    $folder"
