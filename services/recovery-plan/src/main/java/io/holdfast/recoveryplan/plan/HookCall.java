package io.holdfast.recoveryplan.plan;

import io.holdfast.kernel.id.VmId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a hook does. */
public sealed interface HookCall {
    /** Word of the kind in plans and reports. */
    String kind();

    /**
     * A program in the directory that the service's settings name. Exit code 0 is success.
     *
     * @param program its name there, no path
     */
    record Program(String program, List<String> arguments, Map<String, String> environment) implements HookCall {
        public Program {
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
        }

        @Override
        public String kind() {
            return "PROGRAM";
        }
    }

    /**
     * A request to a host that the service's settings allow. Redirections are answers like others and never followed.
     *
     * @param url http or https, without user and fragment
     * @param body empty = none
     * @param expected statuses that are success; none = 200 to 299
     */
    record Http(String method, String url, List<Header> headers, String body, List<Integer> expected)
            implements HookCall {
        public Http {
            headers = List.copyOf(headers);
            expected = List.copyOf(expected);
        }

        @Override
        public String kind() {
            return "HTTP";
        }
    }

    /**
     * A program inside of a guest that this run has started, without a shell, through its guest agent (docs/machines.md). Exit code 0 is success.
     *
     * @param path absolute in the guest
     */
    record Guest(VmId vmId, String path, List<String> arguments) implements HookCall {
        public Guest {
            arguments = List.copyOf(arguments);
        }

        @Override
        public String kind() {
            return "GUEST";
        }
    }

    /**
     * @param value what stands before the secret; the whole value if there is none
     * @param secret name of a secret of the service; its content is read when it is sent and kept nowhere
     */
    record Header(String name, String value, Optional<String> secret) {}
}
