from sim.waves import main


def test_shows_the_neurons_of_a_run(tmp_path, capsys):
    path = tmp_path / "core.vcd"
    main(["-o", str(path), "--ticks", "2", "--tiles", "2"])
    assert str(path) in capsys.readouterr().out
    text = path.read_text()
    for scope in ("engine", "tile0", "tile1", "integration"):
        assert f"$scope module {scope} $end" in text
