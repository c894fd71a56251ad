package io.holdfast.platform.rest;

import io.quarkus.security.identity.CurrentIdentityAssociation;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import java.util.Set;
import java.util.TreeSet;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/** Gives every request its id, and records who changed what. */
@Singleton
public class RequestFilters {
    /** A category of its own, so that an operator can send it to a place that is kept longer. */
    private static final Logger AUDIT = Logger.getLogger("io.holdfast.audit");

    private static final Set<String> CHANGES = Set.of("POST", "PUT", "PATCH", "DELETE");

    private final CurrentIdentityAssociation identities;

    @Inject
    public RequestFilters(CurrentIdentityAssociation identities) {
        this.identities = identities;
    }

    @ServerRequestFilter(preMatching = true)
    public void receive(ContainerRequestContext request) {
        MDC.put(RequestId.LOG_KEY, RequestId.of(request));
    }

    @ServerResponseFilter
    public void answer(ContainerRequestContext request, ContainerResponseContext response) {
        response.getHeaders().putSingle(RequestId.HEADER, RequestId.of(request));
        if (CHANGES.contains(request.getMethod())) {
            AUDIT.infof(
                    "change requested user=%s roles=%s method=%s path=%s status=%d requestId=%s",
                    userOf(identities),
                    rolesOf(identities),
                    request.getMethod(),
                    printable(request.getUriInfo().getPath()),
                    response.getStatus(),
                    RequestId.of(request));
        }
        MDC.remove(RequestId.LOG_KEY);
    }

    /** A path may hold line ends in escaped form; one request must not be able to write two audit lines. */
    private static String printable(String path) {
        String cut = path.length() <= 500 ? path : path.substring(0, 500) + "…";
        return cut.replaceAll("[\\p{Cntrl}\\s]", "?");
    }

    private static String userOf(CurrentIdentityAssociation identities) {
        SecurityIdentity identity = known(identities);
        return identity == null || identity.isAnonymous()
                ? "-"
                : identity.getPrincipal().getName();
    }

    private static Set<String> rolesOf(CurrentIdentityAssociation identities) {
        SecurityIdentity identity = known(identities);
        return identity == null ? Set.of() : new TreeSet<>(identity.getRoles());
    }

    /** The identity if it has been checked by now: asking for it here could block an I/O thread, or fail a second time. */
    private static SecurityIdentity known(CurrentIdentityAssociation identities) {
        var checking = identities.getDeferredIdentity().subscribeAsCompletionStage();
        return checking.isDone() && !checking.isCompletedExceptionally() ? checking.getNow(null) : null;
    }
}
