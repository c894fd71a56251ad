package io.holdfast.replicationagent.adapter.machine;

import io.holdfast.replicationagent.machine.MachineFailure;
import io.holdfast.replicationagent.machine.MachineOrder;
import io.holdfast.replicationagent.machine.MachineOrder.IsolatedKey;
import io.holdfast.replicationagent.machine.Machines;
import io.holdfast.replicationagent.machine.NetworkLink.IsolatedNetwork;
import io.holdfast.replicationagent.machine.ProbeRunner;
import io.holdfast.replicationagent.machine.ReadinessProbe;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Probes over the host's networks, and inside isolated ones. */
public final class NetworkProbes implements ProbeRunner {
    private static final Duration LIMIT = Duration.ofSeconds(3);
    private static final int MAX_STATUS_LINE = 1_024;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})(?: .*)?");
    private static final int GOOD_FROM = 200;
    private static final int GOOD_BELOW = 400;

    private final LinuxNetworks networks;
    private final ProbeSource sources;
    /** Addresses that probes have named, of the networks that were probed last. */
    private final Map<IsolatedKey, Set<InetAddress>> guests = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<IsolatedKey, Set<InetAddress>> eldest) {
            return size() > Machines.MAX_MACHINES;
        }
    };

    public NetworkProbes(LinuxNetworks networks) {
        this.networks = networks;
        this.sources = new ProbeSource(networks);
    }

    @Override
    public Optional<String> attempt(MachineOrder order, ReadinessProbe.Network probe) {
        try {
            // A literal: nothing is looked up.
            InetAddress address = InetAddress.getByName(probe.address());
            if (order.linkOf(probe) instanceof IsolatedNetwork isolated) {
                within(new IsolatedKey(order.run(), isolated.name()), address, probe);
            } else {
                attempt(address, probe);
            }
            return Optional.empty();
        } catch (IOException | MachineFailure failed) {
            return Optional.of(String.valueOf(failed.getMessage()));
        }
    }

    private void within(IsolatedKey network, InetAddress address, ReadinessProbe.Network probe)
            throws IOException, MachineFailure {
        String namespace = networks.namespaceOf(network);
        ProbeSource.Path path = sources.acquire(namespace, address, known(network, address));
        try {
            NamespaceThread.call(Path.of("/run/netns", namespace), LIMIT.plusSeconds(1), () -> {
                attempt(address, probe);
                return null;
            });
        } finally {
            sources.release(path);
        }
    }

    private synchronized Set<InetAddress> known(IsolatedKey network, InetAddress one) {
        Set<InetAddress> all = guests.computeIfAbsent(network, _ -> new HashSet<>());
        all.add(one);
        return Set.copyOf(all);
    }

    private static void attempt(InetAddress address, ReadinessProbe.Network probe) throws IOException {
        long end = System.nanoTime() + LIMIT.toNanos();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, probe.port()), Math.toIntExact(LIMIT.toMillis()));
            if (probe instanceof ReadinessProbe.Http http) {
                get(socket, http, end);
            }
        }
    }

    private static void get(Socket socket, ReadinessProbe.Http probe, long end) throws IOException {
        String host = probe.address().contains(":") ? "[" + probe.address() + "]" : probe.address();
        socket.getOutputStream()
                .write(
                        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUser-Agent: holdfast-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n"
                                .formatted(probe.path(), host, probe.port())
                                .getBytes(StandardCharsets.US_ASCII));
        String line = statusLine(socket, end);
        Matcher status = STATUS.matcher(line);
        if (!status.matches()) {
            throw new IOException("the answer is not HTTP");
        }
        int code = Integer.parseInt(status.group(1));
        if (code < GOOD_FROM || code >= GOOD_BELOW) {
            throw new IOException("the answer's status is " + code);
        }
    }

    private static String statusLine(Socket socket, long end) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder line = new StringBuilder();
        while (line.length() < MAX_STATUS_LINE) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new IOException("no answer within " + LIMIT.toMillis() + " ms");
            }
            socket.setSoTimeout(Math.toIntExact(left));
            int c = in.read();
            if (c < 0) {
                throw new IOException("the connection ended before an answer");
            }
            if (c == '\n') {
                return line.toString().strip();
            }
            line.append((char) c);
        }
        throw new IOException("the answer's first line is longer than " + MAX_STATUS_LINE + " bytes");
    }
}
