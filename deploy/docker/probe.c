/* probe PORT PATH: asks http://127.0.0.1:PORT PATH and exits with 0 when the answer is 200, otherwise with 1.
 *
 * The images have neither a shell nor a client to ask with; this, linked statically, is what their health checks run. */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { TIMEOUT_SECONDS = 4 };

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: probe PORT PATH\n", stderr);
        return 2;
    }

    int port = atoi(argv[1]);
    if (port <= 0 || port > 65535) {
        fprintf(stderr, "'%s' is no port\n", argv[1]);
        return 2;
    }

    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection < 0)
        return fail("socket");

    struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0)
        return fail("connect");

    char text[1024];
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.0\r\nHost: 127.0.0.1:%d\r\n\r\n", argv[2], port);
    if (length < 0 || (size_t)length >= sizeof text) {
        fputs("the path is too long\n", stderr);
        return 2;
    }

    for (int sent = 0; sent < length;) {
        ssize_t count = send(connection, text + sent, (size_t)(length - sent), MSG_NOSIGNAL);
        if (count <= 0)
            return fail("send");
        sent += (int)count;
    }

    /* The status line may come in pieces; what follows it is read as far as there is room, for the log of the health check. */
    size_t read_bytes = 0;
    ssize_t count;
    while (read_bytes < sizeof text - 1 && (count = recv(connection, text + read_bytes, sizeof text - 1 - read_bytes, 0)) > 0)
        read_bytes += (size_t)count;
    text[read_bytes] = '\0';
    close(connection);

    int status = 0;
    if (sscanf(text, "HTTP/1.%*d %d", &status) != 1) {
        fputs("no answer\n", stderr);
        return 1;
    }

    const char *body = strstr(text, "\r\n\r\n");
    printf("%d %s\n", status, body ? body + 4 : "");
    return status == 200 ? 0 : 1;
}
