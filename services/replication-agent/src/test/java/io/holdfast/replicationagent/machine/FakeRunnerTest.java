package io.holdfast.replicationagent.machine;

class FakeRunnerTest extends MachineRunnerContract {
    private final FakeRunner runner = new FakeRunner();

    @Override
    protected MachineRunner runner() {
        return runner;
    }

    @Override
    protected MachineOrder order() {
        return Orders.order();
    }
}
