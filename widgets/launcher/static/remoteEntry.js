// A card in JupyterLab's launcher that opens the tour.
//
// JupyterLab loads extensions as module federation containers: an object with `init`, which is
// given the modules that everybody shares, and `get`, which returns a factory of the module asked
// for (https://jupyterlab.readthedocs.io/en/stable/extension/extension_dev.html). One card needs
// no bundler: this file is that object.
"use strict";

(() => {
  const NAME = "atdata-nb";
  const COMMAND = "atdata:tour";
  const FOLDER = "atdata-tour";
  const NOTEBOOKS = [
    "00-start-here.ipynb",
    "01-explore.ipynb",
    "02-schemas.ipynb",
    "03-atmosphere.ipynb",
    "04-publish-and-promote.ipynb",
    "05-your-own-data.ipynb",
    "06-scale.ipynb",
    "07-teams.ipynb",
  ];
  // Three shards and the index that lists them.
  const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24">
    <g class="jp-icon3" fill="#616161">
      <path d="M3 4h5v16H3zM9.500 4h5v16h-5z"/>
      <path d="M16.200 5.200l4.700-1.200 3.100 15.200-4.700 1.200z" transform="translate(-1 0)"/>
    </g>
  </svg>`;
  // Known only while this file is being run.
  const tour = new URL("tour/", document.currentScript.src);
  let shared = {};

  /** Return a module that JupyterLab shares, or undefined where it shares none of that name. */
  async function module(name) {
    const versions = Object.values(shared[name] ?? {});
    return versions.length ? (await versions[0].get())() : undefined;
  }

  /** Put those notebooks of the tour that are not there yet into the user's folder. */
  async function unpack(contents) {
    const files = (await contents.get("")).content;
    if (!files.some((file) => file.name === FOLDER))
      await contents.save(FOLDER, { type: "directory", name: FOLDER, path: FOLDER });
    const there = new Set((await contents.get(FOLDER)).content.map((file) => file.name));
    for (const name of NOTEBOOKS.filter((notebook) => !there.has(notebook))) {
      const answer = await fetch(new URL(name, tour));
      if (!answer.ok) throw new Error(`${name} is not part of this installation of atdata_nb`);
      const content = await answer.json();
      await contents.save(`${FOLDER}/${name}`, { type: "notebook", format: "json", content });
    }
  }

  async function plugin() {
    const [launcher, palette, icons] = await Promise.all([
      module("@jupyterlab/launcher"),
      module("@jupyterlab/apputils"),
      module("@jupyterlab/ui-components"),
    ]);
    const offered = [launcher?.ILauncher, palette?.ICommandPalette];
    return {
      id: `${NAME}:tour`,
      description: "Opens the tour of atdata_nb.",
      autoStart: true,
      // Notebook 7 has no launcher: what is missing comes as null.
      optional: offered.filter((token) => token !== undefined),
      activate(app, ...services) {
        app.commands.addCommand(COMMAND, {
          label: "atdata tour",
          caption: `Copy the notebooks of the tour to ${FOLDER} and open the first`,
          icon: icons && new icons.LabIcon({ name: `${NAME}:tour`, svgstr: PICTURE }),
          async execute() {
            await unpack(app.serviceManager.contents);
            return app.commands.execute("docmanager:open", { path: `${FOLDER}/${NOTEBOOKS[0]}` });
          },
        });
        for (const service of services) {
          if (service && "add" in service) service.add({ command: COMMAND, category: "Other" });
          else if (service) service.addItem({ command: COMMAND, category: "atdata" });
        }
      },
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB[NAME] = {
    init(scope) {
      shared = scope;
    },
    async get() {
      const tourPlugin = await plugin();
      return () => ({ __esModule: true, default: tourPlugin });
    },
  };
})();
