"""Runs scripts of this folder one after the other, for run_python of the tests: modules that take a second to import are
imported once.

Each line of the standard input is a JSON list [SCRIPT, ARGUMENT...]. The script runs in a process of its own, forked off,
where what it imports is there already. The answer is a line of JSON: [EXIT CODE, all that the script printed].
"""
import ast
import importlib
import json
import os
import pathlib
import runpy
import sys
import tempfile
import traceback

SLOW = ("numpy", "PIL", "sklearn", "torch", "torchvision")


def import_for(script):
    """The slow modules that a script imports at its top."""
    nodes = ast.parse(script.read_text(encoding="utf-8")).body
    nodes += [inner for node in nodes if isinstance(node, ast.Try) for inner in node.body]
    for node in nodes:
        names = [node.module] if isinstance(node, ast.ImportFrom) else \
            [name.name for name in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name.split(".")[0] in SLOW:
                try:
                    importlib.import_module(name)
                except ImportError:
                    pass  # the script says so itself


def run(script, arguments):
    """In the forked process: as `python3 SCRIPT ARGUMENT...`."""
    sys.argv = [str(script), *arguments]
    try:
        runpy.run_path(str(script), run_name="__main__")
        return 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:  # Python's own end of a script that fails
        traceback.print_exc()
        return 1


def main():
    folder = pathlib.Path(__file__).parent
    sys.path.insert(0, str(folder))
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        import_for(folder / name)
        with tempfile.TemporaryFile() as said:
            child = os.fork()
            if child == 0:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
                code = run(folder / name, arguments)
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
            _, status = os.waitpid(child, 0)
            said.seek(0)
            print(json.dumps([os.waitstatus_to_exitcode(status), said.read().decode("utf-8", "replace")]), flush=True)


if __name__ == "__main__":
    main()
