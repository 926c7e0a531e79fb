"""The commands for pool files."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from golden.arch.config import Options, PoolConfig
from golden.model import DEFAULT_SEED, with_random_connectivity_seeded
from golden.model.block import DenseBlock

from .console import out, print_rows
from .files import read_any_pool, write_any_pool

app = typer.Typer(no_args_is_help=True, help="Make, inspect and convert pool files.")

PoolFile = Annotated[Path, typer.Argument(metavar="POOL", help="A .pool or .checkpoint file.")]
Output = Annotated[Path, typer.Argument(metavar="OUTPUT", help="The .pool or .checkpoint file to "
                                        "write.")]


@app.command()
def new(
    output: Output,
    neurons: Annotated[int, typer.Option(min=1, max=65536, help="Neurons.")] = 32,
    density: Annotated[float, typer.Option(
        min=0, max=1, help="Half the probability of a connection.")] = 0.25,
    seed: Annotated[str, typer.Option(help="Seed, as in 7 or 0x1a.")] = hex(DEFAULT_SEED),
    name: Annotated[str | None, typer.Option(help="Name; by default that of the file.")] = None,
    settings: Annotated[list[str] | None, typer.Option(
        "--set", metavar="NAME=VALUE", help="A value of the configuration, or an option; may be "
        "repeated.")] = None,
):
    """Make a pool with random connections.

    Example: [b]tripartite pool new demo.pool --neurons 32 --set max_delay=3[/]
    """
    config, options = _parse_settings(settings or [])
    try:
        number = int(seed, 0)
    except ValueError:
        raise typer.BadParameter(f"--seed must be an integer, not {seed!r}") from None
    if not 0 <= number < 1 << 64:
        raise typer.BadParameter(f"--seed must be in 0..2**64 - 1, not {seed}")
    if density != density:
        raise typer.BadParameter("--density must be a number in 0..1")
    pool = with_random_connectivity_seeded(name or output.stem, neurons, density, config, number,
                                           options)
    write_any_pool(pool, output)
    out.print(f"{output}: {pool.n:,} neurons, {pool.synapse_count:,} synapses")


@app.command()
def info(pool_file: PoolFile):
    """Show what a pool holds."""
    pool = read_any_pool(pool_file)
    stats = pool.stats()
    print_rows({
        "name": pool.name,
        "neurons": f"{pool.n:,}: {pool.n_excitatory:,} excitatory, {pool.n_inhibitory:,} "
                   "inhibitory",
        "synapses": f"{stats.synapses:,}: {stats.hot:,} hot, {stats.warm:,} warm, "
                    f"{stats.cool:,} cool, {stats.cold:,} cold, {stats.dead:,} dead",
        "mean |weight|": f"{stats.mean_weight:.1f}",
        **_block(pool.block),
        "ticks": f"{stats.tick_count:,}",
        **asdict(pool.config), **pool.options.as_dict(),
        "digest": pool.digest(),
    })


def _block(block: DenseBlock | None) -> dict[str, str]:
    """Return the row about the crossbar of a pool, if it has one."""
    if block is None:
        return {}
    sources, targets, sizes = block.sources, block.targets, block.array.params
    return {"crossbar": f"{sizes.rows} x {sizes.columns}, neurons {sources.start}.."
                        f"{sources.stop - 1} to {targets.start}..{targets.stop - 1}, delay "
                        f"{block.params.delay}, mean |weight| "
                        f"{np.abs(block.weights().astype(np.int16)).mean():.1f}"}


@app.command()
def convert(source: PoolFile, output: Output):
    """Convert between .pool and .checkpoint.

    A .pool file is what other programs read; it has no place for what is under way between two
    ticks, nor for options.
    """
    write_any_pool(read_any_pool(source), output)
    out.print(str(output))


def _parse_settings(settings: list[str]) -> tuple[PoolConfig, Options]:
    """Return the configuration and the options that ``name=value`` strings change."""
    config: dict[str, Any] = {}
    options: dict[str, Any] = {}
    known = {field.name: values for kind, values in ((PoolConfig, config), (Options, options))
             for field in fields(kind)}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in known:
            raise typer.BadParameter(f"--set: there is no {name!r}; there are {', '.join(known)}")
        try:
            known[name][name] = int(value)
        except ValueError:
            if known[name] is config:
                raise typer.BadParameter(f"--set: {name} must be an integer, "
                                         f"not {value!r}") from None
            known[name][name] = value
    return PoolConfig(**config), Options(**options)
