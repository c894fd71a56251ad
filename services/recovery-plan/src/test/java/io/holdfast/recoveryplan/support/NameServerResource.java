package io.holdfast.recoveryplan.support;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** Gives the service under test a {@link NameServer}, as {@code paris}. */
public final class NameServerResource implements QuarkusTestResourceLifecycleManager {
    private NameServer server;

    @Override
    public Map<String, String> start() {
        server = NameServer.start();
        String setting = "holdfast.recovery-plan.dns.servers.paris.";
        return Map.of(
                setting + "address",
                "127.0.0.1",
                setting + "port",
                Integer.toString(server.port()),
                setting + "zones",
                NameServer.ZONE + "," + NameServer.REVERSE,
                setting + "key-name",
                NameServer.KEY,
                setting + "secret-file",
                server.secretFile().toString());
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(server, new TestInjector.MatchesType(NameServer.class));
    }

    @Override
    public void stop() {
        server.close();
    }
}
