package io.holdfast.replicationagent.adapter.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;

/** What a VirtualMachineInstance says of itself (kubevirt.io/v1, status). Stateless. */
final class Instance {
    private Instance() {}

    static String phase(JsonNode instance) {
        return instance.path("status").path("phase").asText("");
    }

    static boolean hasEnded(JsonNode instance) {
        return switch (phase(instance)) {
            case "Succeeded", "Failed" -> true;
            default -> false;
        };
    }

    static boolean isPaused(JsonNode instance) {
        return holds(instance, "Paused");
    }

    static boolean hasGuestAgent(JsonNode instance) {
        return holds(instance, "AgentConnected");
    }

    private static boolean holds(JsonNode instance, String type) {
        for (JsonNode condition : instance.path("status").path("conditions")) {
            if (condition.path("type").asText().equals(type)) {
                return condition.path("status").asText().equals("True");
            }
        }
        return false;
    }

    /** What keeps it from running, in the cluster's words. */
    static String troubles(JsonNode instance) {
        StringBuilder troubles = new StringBuilder();
        for (JsonNode condition : instance.path("status").path("conditions")) {
            String message = condition.path("message").asText("");
            if (!message.isEmpty() && condition.path("status").asText().equals("False")) {
                troubles.append("; ").append(message);
            }
        }
        return troubles.toString();
    }
}
