package io.holdfast.platform.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.CommonError;
import io.holdfast.kernel.error.HoldfastException;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.UnauthorizedException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/**
 * Every failure leaves as {@code application/problem+json} with a stable code (docs/rest-api.md). What the caller did not
 * cause is logged here, once, with the request's id; its internals stay inside.
 */
@Singleton
public class ExceptionMappers {
    private static final Logger LOG = Logger.getLogger(ExceptionMappers.class);

    private final ObjectMapper json;

    @Inject
    public ExceptionMappers(ObjectMapper json) {
        this.json = json;
    }

    @ServerExceptionMapper
    public Response map(HoldfastException error, ContainerRequestContext request) {
        Blame blame = error.code().blame();
        if (blame == Blame.INTERNAL) {
            LOG.errorf(
                    error, "request failed code=%s requestId=%s", error.code().name(), RequestId.of(request));
        } else if (blame.retryable()) {
            LOG.warnf("request refused for now code=%s reason=%s", error.code().name(), error.getMessage());
        }
        return reply(request, error.code().name(), blame.httpStatus(), error.getMessage(), Violation.of(error));
    }

    @ServerExceptionMapper
    public Response map(ConstraintViolationException error, ContainerRequestContext request) {
        boolean ofTheReply = error.getConstraintViolations().stream().anyMatch(v -> isReply(v.getPropertyPath()));
        if (ofTheReply) {
            return map((Throwable) error, request);
        }
        List<Violation> violations = error.getConstraintViolations().stream()
                .map(violation -> new Violation(field(violation.getPropertyPath()), violation.getMessage()))
                .sorted(Comparator.comparing(Violation::field).thenComparing(Violation::message))
                .toList();
        return violations.isEmpty()
                ? map(new HoldfastException(CommonError.INVALID_REQUEST, "the request breaks a rule"), request)
                : map(Violation.refuse(violations), request);
    }

    @ServerExceptionMapper
    public Response map(JsonProcessingException error, ContainerRequestContext request) {
        return map(JsonErrors.explain(error), request);
    }

    /** Named besides its superclass: Quarkus maps this one itself, to a body of its own. */
    @ServerExceptionMapper
    public Response map(MismatchedInputException error, ContainerRequestContext request) {
        return map(JsonErrors.explain(error), request);
    }

    /** Named besides {@link WebApplicationException}: Quarkus has a page of its own for it in development mode. */
    @ServerExceptionMapper
    public Response map(NotFoundException error, ContainerRequestContext request) {
        return map((WebApplicationException) error, request);
    }

    @ServerExceptionMapper
    public Response map(WebApplicationException error, ContainerRequestContext request) {
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof HoldfastException ours) {
                return map(ours, request);
            }
            if (cause instanceof JsonProcessingException malformed) {
                return map(malformed, request);
            }
        }
        int status = error.getResponse().getStatus();
        String method = request.getMethod();
        return switch (status) {
            case 400 -> invalid(request, status, "the request cannot be read");
            case 401 -> unauthenticated(request);
            case 403 -> forbidden(request);
            case 404 -> reply(request, CommonError.NOT_FOUND.name(), 404, "there is nothing at this path", List.of());
            case 405 -> {
                String allowed = error.getResponse().getHeaderString(HttpHeaders.ALLOW);
                String hint = allowed == null ? "" : "; allowed: " + allowed;
                yield invalid(request, status, method + " is not possible here" + hint);
            }
            case 406 -> invalid(request, status, "this resource cannot answer in an accepted media type; it has JSON");
            case 413 -> invalid(request, status, "the body is larger than this service takes");
            case 415 -> invalid(request, status, "the body must be sent as Content-Type: application/json");
            default -> {
                if (status < 400) {
                    yield error.getResponse();
                }
                yield status < 500
                        ? invalid(request, status, "the request cannot be served")
                        : map((Throwable) error, request);
            }
        };
    }

    @ServerExceptionMapper
    public Response map(UnauthorizedException error, ContainerRequestContext request) {
        return unauthenticated(request);
    }

    /** A token that is expired, malformed or signed by somebody else; which of them is nobody's business outside. */
    @ServerExceptionMapper
    public Response map(AuthenticationFailedException error, ContainerRequestContext request) {
        LOG.debugf("token refused reason=%s", error.getMessage());
        return unauthenticated(request);
    }

    @ServerExceptionMapper
    public Response map(ForbiddenException error, ContainerRequestContext request) {
        return forbidden(request);
    }

    @ServerExceptionMapper
    public Response map(Throwable error, ContainerRequestContext request) {
        String id = RequestId.of(request);
        LOG.errorf(error, "request failed unexpectedly requestId=%s method=%s", id, request.getMethod());
        return reply(
                request,
                CommonError.INTERNAL.name(),
                500,
                "the service failed; its log has the cause under request id " + id,
                List.of());
    }

    private Response invalid(ContainerRequestContext request, int status, String detail) {
        return reply(request, CommonError.INVALID_REQUEST.name(), status, detail, List.of());
    }

    private Response unauthenticated(ContainerRequestContext request) {
        Response reply = reply(
                request,
                CommonError.UNAUTHENTICATED.name(),
                401,
                "a valid token is needed, in the header Authorization: Bearer …",
                List.of());
        reply.getHeaders().putSingle(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        return reply;
    }

    private Response forbidden(ContainerRequestContext request) {
        return reply(
                request, CommonError.FORBIDDEN.name(), 403, "the token's roles do not allow this request", List.of());
    }

    private Response reply(
            ContainerRequestContext request, String code, int status, String detail, List<Violation> violations) {
        Problem problem = Problem.of(
                code,
                status,
                detail,
                request.getUriInfo().getRequestUri().getPath(),
                RequestId.of(request),
                violations);
        try {
            // As text: no writer is looked up, so this also works where the request asked for another media type.
            return Response.status(status)
                    .type(Problem.MEDIA_TYPE)
                    .entity(json.writeValueAsString(problem))
                    .build();
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a problem is texts and numbers", impossible);
        }
    }

    private static boolean isReply(Path path) {
        for (Path.Node node : path) {
            if (node.getKind() == ElementKind.RETURN_VALUE) {
                return true;
            }
        }
        return false;
    }

    /** The path as the caller knows it: without the method, and without the parameter that is the body. */
    private static String field(Path path) {
        var nodes = new ArrayList<Path.Node>();
        path.forEach(nodes::add);
        nodes.removeIf(node -> node.getKind() == ElementKind.METHOD || node.getKind() == ElementKind.CONSTRUCTOR);
        if (nodes.size() > 1 && nodes.getFirst().getKind() == ElementKind.PARAMETER) {
            nodes.removeFirst();
        }
        var text = new StringBuilder();
        for (Path.Node node : nodes) {
            String step = node.toString();
            if (node.getKind() != ElementKind.CONTAINER_ELEMENT || step.startsWith("[")) {
                text.append(text.isEmpty() || step.startsWith("[") ? "" : ".").append(step);
            }
        }
        return text.isEmpty() ? "body" : text.toString();
    }
}
