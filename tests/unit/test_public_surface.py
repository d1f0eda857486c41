from __future__ import annotations

import subprocess
import sys

import pytest

import atdata_nb as at

PUBLIC = {
    "AbstractDataStore",
    "AbstractIndex",
    "AtUri",
    "AtmosphereClient",
    "AtmosphereIndex",
    "BlobSource",
    "DataSource",
    "Dataset",
    "DatasetDict",
    "DictSample",
    "IndexEntry",
    "Lens",
    "LensNetwork",
    "LocalDiskStore",
    "LocalIndex",
    "PDSBlobStore",
    "Packable",
    "PackableSample",
    "S3DataStore",
    "S3Source",
    "SampleBatch",
    "URLSource",
    "browse",
    "discover",
    "check_lens_laws",
    "col",
    "describe",
    "flows",
    "diff_schemas",
    "from_arrow",
    "from_folder",
    "from_huggingface",
    "from_pandas",
    "from_webdataset",
    "generate_cid",
    "lens",
    "load_dataset",
    "map_shards",
    "packable",
    "plan_promote",
    "plan_publish",
    "preview",
    "progress",
    "promote",
    "promote_to_atmosphere",
    "publish",
    "sandbox",
    "schema_from_type",
    "schema_to_type",
    "structural_lens",
    "verify_cid",
}
HEAVY = (
    "pandas",
    "pyarrow",
    "atproto",
    "httpx",
    "boto3",
    "obstore",
    "redis",
    "webdataset",
    "PIL",
    "jinja2",
    "dask",
    "distributed",
    "cloudpickle",
    "asyncio",
)


def loaded_after(statement: str) -> set[str]:
    """Names of the modules that a fresh interpreter holds after a statement."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_public_names_are_these() -> None:
    assert set(at.__all__) == PUBLIC
    assert len(at.__all__) == len(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    value = getattr(at, name)
    assert value.__doc__
    assert name in dir(at)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = at.nothing


def test_the_version_is_the_one_that_was_installed() -> None:
    assert at.__version__.count(".") == 2


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_after("import atdata_nb").isdisjoint({*HEAVY, "numpy"})


def test_reading_and_writing_samples_loads_nothing_heavy() -> None:
    statement = "from atdata_nb import Dataset, LocalIndex, load_dataset, packable"
    assert loaded_after(statement).isdisjoint(HEAVY)


def test_without_the_extras_objects_show_themselves_as_text() -> None:
    code = """
import sys, tempfile
sys.modules |= dict.fromkeys(["jinja2", "pandas", "pyarrow", "PIL", "anywidget"])  # as if missing
import atdata_nb as at
index = at.LocalIndex(tempfile.mkdtemp())
assert index._repr_html_() is None
assert "0 datasets" in repr(index)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_name_that_is_also_a_package_can_be_called_and_looked_into() -> None:
    code = "import atdata_nb as at; at.sandbox; import atdata_nb.sandbox.node as n; "
    code += "assert at.sandbox.node is n; print(at.sandbox(pds=2))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "Sandbox(not running)\n"
