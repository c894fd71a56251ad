package io.holdfast.replicationagent.adapter.kubevirt;

/** The API server's answer is no. */
final class KubeRefused extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    KubeRefused(int status, String message) {
        super(message);
        this.status = status;
    }

    /** An object of that name is there. */
    boolean isConflict() {
        return status == 409;
    }
}
