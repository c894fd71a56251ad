package io.holdfast.replicationagent.machine;

import java.util.regex.Pattern;

/** Something that has to be seen once before a machine counts as ready. */
public sealed interface ReadinessProbe {
    /** For people. */
    String describe();

    /** One that goes over a network. {@code nic} = label of the card in whose network the address is; empty = the first that is connected. */
    sealed interface Network extends ReadinessProbe {
        String address();

        int port();

        String nic();
    }

    /** A connection is accepted. */
    record Tcp(String address, int port, String nic) implements Network {
        public Tcp {
            requireTarget("probes.tcp", address, port);
        }

        @Override
        public String describe() {
            return "TCP " + address + " port " + port;
        }
    }

    /** A GET is answered with a status of 200 to 399. */
    record Http(String address, int port, String path, String nic) implements Network {
        private static final int MAX_PATH = 1_024;

        public Http {
            requireTarget("probes.http", address, port);
            SpecCheck.require(
                    path.startsWith("/") && SpecCheck.isPrintable(path, 1, MAX_PATH) && path.indexOf(' ') < 0,
                    "probes.http.path",
                    path,
                    "a path that begins with a slash, of printable ASCII characters without blanks");
        }

        @Override
        public String describe() {
            return "HTTP " + address + " port " + port + " " + path;
        }
    }

    /** The QEMU guest agent answers. */
    record GuestAgent() implements ReadinessProbe {
        @Override
        public String describe() {
            return "guest agent";
        }
    }

    /** The guest's first serial port has printed this text. */
    record Console(String text) implements ReadinessProbe {
        private static final int MAX_TEXT = 200;

        public Console {
            SpecCheck.require(
                    SpecCheck.isPrintable(text, 1, MAX_TEXT),
                    "probes.console.text",
                    text,
                    "1 to 200 printable ASCII characters");
        }

        @Override
        public String describe() {
            return "console '" + text + "'";
        }
    }

    private static void requireTarget(String field, String address, int port) {
        SpecCheck.require(Ip.isLiteral(address), field + ".address", address, "an IPv4 or IPv6 address");
        SpecCheck.require(port >= 1 && port <= 65_535, field + ".port", port, "1 to 65535");
    }

    /** Addresses as text. Names are not taken: nobody would resolve them in an isolated network. */
    final class Ip {
        private static final Pattern V4 = Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");
        private static final Pattern V6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

        private Ip() {}

        static boolean isLiteral(String text) {
            return V4.matcher(text).matches()
                    || text.indexOf(':') >= 0 && V6.matcher(text).matches();
        }
    }
}
