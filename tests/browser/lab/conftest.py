"""A JupyterLab server of its own, and a Chromium page with a notebook open in it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Locator, Page

# What would ask the network for news, or draw cells only when they are scrolled to.
SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/apputils-extension:themes": {
        "theme": "JupyterLab Light",
        "adaptive-theme": False,
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}
OPTIONS = {
    "ServerApp.allow_root": "True",
    "ServerApp.disable_check_xsrf": "True",
    "ServerApp.ip": "127.0.0.1",
    "ServerApp.open_browser": "False",
    "ServerApp.password": "",
    "ServerApp.port_retries": "0",
    "ServerApp.terminals_enabled": "False",
    "IdentityProvider.token": "",
    "KernelManager.shutdown_wait_time": "1",
    "LabApp.expose_app_in_browser": "True",
    "JupyterNotebookApp.expose_app_in_browser": "True",
    "LabApp.extension_manager": "readonly",
    "LabApp.news_url": "",
}


class LabServer:
    """A JupyterLab that keeps to its own folders and ends when it is told to."""

    def __init__(self, home: Path) -> None:
        self.root = home / "root"
        self.root.mkdir()
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._log: deque[str] = deque(maxlen=200)
        _write_settings(home / "config" / "labconfig")
        self._process = subprocess.Popen(
            self._command(), env=_environment(home), stderr=subprocess.PIPE, text=True
        )
        stream = self._process.stderr
        assert stream is not None
        self._wait(stream)
        # Nobody else reads the pipe, and a full one would stop the server.
        Thread(target=lambda: self._log.extend(stream), daemon=True).start()

    def stop(self) -> None:
        """End the server, which ends its kernels."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _command(self) -> list[str]:
        port = self.url.rpartition(":")[2]
        options = OPTIONS | {"ServerApp.port": port, "ServerApp.root_dir": str(self.root)}
        flags = [f"--{name}={value}" for name, value in options.items()]
        return [sys.executable, "-m", "jupyterlab", *flags]

    def _wait(self, stream: IO[str]) -> None:
        for line in stream:
            self._log.append(line)
            if "is running at" in line:
                return
        pytest.fail("JupyterLab did not start:\n" + "".join(self._log))


# A stranger's content that runs does one of these.
ALARM = """
  window.__alarm = [];
  for (const name of ["alert", "confirm", "prompt"]) window[name] = () => window.__alarm.push(name);
"""


class Lab:
    """The JupyterLab page; what it does is asked of JupyterLab itself, not of its buttons."""

    def __init__(self, server: LabServer, page: Page, address: str = "lab?reset") -> None:
        self.server, self.page = server, page
        page.goto(f"{server.url}/{address}")
        page.wait_for_function("() => window.jupyterapp")
        page.evaluate("async () => { await window.jupyterapp.restored }")

    def open(self, notebook: Path) -> None:
        """Open a copy of a notebook, with its kernel ready."""
        shutil.copy(notebook, self.server.root)
        self._do(
            """async (path) => {
              const open = { path, factory: "Notebook" };
              const widget = await window.jupyterapp.commands.execute("docmanager:open", open);
              window.notebook = widget;
              await widget.context.ready;
              await widget.revealed;
              await widget.sessionContext.ready;
              await widget.sessionContext.session.kernel.info;
            }""",
            notebook.name,
        )

    def take_current(self) -> None:
        """Take the notebook that the page shows, with its kernel ready."""
        self._do(
            """async () => {
              while (!window.jupyterapp.shell.currentWidget?.sessionContext)
                await new Promise((done) => setTimeout(done, 50));
              const widget = (window.notebook = window.jupyterapp.shell.currentWidget);
              await widget.context.ready;
              await widget.revealed;
              await widget.sessionContext.ready;
              await widget.sessionContext.session.kernel.info;
            }"""
        )

    def run_all(self) -> bool:
        """Run every cell; False if one of them raised."""
        return bool(self._do("() => window.jupyterapp.commands.execute('notebook:run-all-cells')"))

    def start_all(self) -> None:
        """Begin to run every cell of the open notebook; ``ended`` waits for it."""
        self._do(
            """() => {
              const run = window.jupyterapp.commands.execute("notebook:run-all-cells");
              (window.runs ??= {})[window.notebook.context.path] = run;
            }"""
        )

    def ended(self, path: str) -> bool:
        """Wait until what ``start_all`` began has run; False if a cell raised."""
        return bool(self._do("path => window.runs[path]", path))

    def turn_to(self, path: str) -> None:
        """Show a notebook that is open already."""
        show = "async path => { await window.jupyterapp.commands.execute(%r, { path }) }"
        # In braces: the widget it returns would be copied here, with all it holds.
        self._do(show % "docmanager:open", path)

    def end_kernels(self) -> None:
        """End all kernels of the server."""
        self._do("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")

    def save(self) -> Path:
        """Save the open notebook, and return the file."""
        self._do("() => window.notebook.context.save()")
        return self.server.root / str(self._do("() => window.notebook.context.path"))

    def restart(self) -> None:
        """Restart the kernel of the open notebook."""
        self._do(
            """async () => {
              const { kernel } = window.notebook.sessionContext.session;
              await kernel.restart();
              await kernel.info;
            }"""
        )

    def execute(self, code: str) -> None:
        """Run code in the open notebook's kernel, beside its cells."""
        status = self._do(
            """async (code) => {
              const { kernel } = window.notebook.sessionContext.session;
              return (await kernel.requestExecute({ code }).done).content.status;
            }""",
            code,
        )
        assert status == "ok", code

    def cut(self, clicking: str) -> None:
        """Cut the connection to the kernel, as a network that goes away does, and click on that.

        Both in one turn of the page, so that what the click asks of the kernel gets lost: the
        connection closes, and nobody has been told.
        """
        cut = """chosen => {
          window.notebook.sessionContext.session.kernel._ws.close(4000);
          document.querySelector(chosen).click();
        }"""
        self._do(cut, clicking)

    def mend(self) -> None:
        """Connect to the kernel again."""
        self._do("() => window.notebook.sessionContext.session.kernel.reconnect()")

    def theme(self, name: str) -> None:
        """Change the theme, e.g. to ``JupyterLab Dark``."""
        change = "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
        self._do(change, name)

    def close(self) -> None:
        """Close the notebook without saving, and end its kernel."""
        self._do(
            """async () => {
              await window.notebook?.sessionContext.shutdown();
              if (window.notebook) window.notebook.context.model.dirty = false;
              window.notebook?.close();
            }"""
        )

    def _do(self, script: str, argument: str = "") -> Any:
        # What JupyterLab promises may never come, and evaluate() would wait for it for ever.
        return self.page.evaluate(
            f"""(argument) => Promise.race([
              ({script})(argument),
              new Promise((_, fail) => setTimeout(() => fail(new Error("too late")), 120_000)),
            ])""",
            argument,
        )

    @property
    def notebook(self) -> Locator:
        """The open notebook."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    server = LabServer(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture
def lab(lab_server: LabServer, chromium: Chromium) -> Iterator[Lab]:
    """JupyterLab in a page; the test fails if the page asks anything of another host."""
    with watched(chromium, lab_server.url) as page:
        lab = Lab(lab_server, page)
        yield lab
        lab.close()


@pytest.fixture
def classic(lab_server: LabServer, chromium: Chromium, notebook: Path) -> Iterator[Lab]:
    """A notebook in Notebook 7, which the same server serves; watched like JupyterLab."""
    shutil.copy(notebook, lab_server.root)
    with watched(chromium, lab_server.url) as page:
        shown = Lab(lab_server, page, f"notebooks/{notebook.name}")
        shown.take_current()
        yield shown
        shown.close()


@contextmanager
def watched(chromium: Chromium, own: str) -> Iterator[Page]:
    """A page; the test fails if it asks anything of another host, or if the alarm is raised."""
    strangers: list[str] = []
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(ALARM)
    # Of the context: of workers too, and of pages that open by themselves.
    context.on("request", lambda request: _note_stranger(request.url, own, strangers))
    page = context.new_page()
    page.on("websocket", lambda socket: _note_stranger(socket.url, own, strangers))
    # JupyterLab's first load reads some hundred files, on a machine that may be busy.
    page.set_default_timeout(120_000)
    yield page
    alarm, title = page.evaluate("() => [window.__alarm, document.title]")
    context.close()
    assert strangers == []
    assert alarm == []
    assert "alarm" not in title


def _note_stranger(url: str, own: str, strangers: list[str]) -> None:
    if not url.startswith((own, "blob:", "data:", own.replace("http", "ws", 1))):
        strangers.append(url)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _write_settings(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "default_setting_overrides.json").write_text(json.dumps(SETTINGS), "utf-8")


def _environment(home: Path) -> dict[str, str]:
    own = {
        "HOME": home,
        "IPYTHONDIR": home / "ipython",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
    }
    return os.environ | {name: str(path) for name, path in own.items()}
