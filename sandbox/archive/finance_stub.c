/* Stands in for Tencent's libWeWorkFinanceSdk_C.so: the same symbols, fed from the folder that it lies in.

     chatdata     one entry a line, {"seq":1,"msgid":…,"publickey_ver":…,"encrypt_random_key":…,"encrypt_chat_msg":…}
     media-<id>   the files
     fault        a code that every call to the platform answers with, as long as the file is there
     expired      entries up to this number are deleted: asking for them answers 10010
     calls        written here: one line for every slice of a file that was asked for

   A ciphertext is base64 of "GB1", the sum of the clear bytes (4, little endian) and these bytes xor the key.
   As the real one does, it aborts on fewer than 13 characters; so it does on "GBX" in place of "GB1". */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SLICE_BYTES
#define SLICE_BYTES (512 * 1024)
#endif
#define LONGEST_PATH 4096

typedef struct { char *buf; int len; } Slice_t;
typedef struct { char *outindexbuf; int out_len; char *data; int data_len; int is_finish; } MediaData_t;
typedef struct { int unused; } WeWorkFinanceSdk_t;

static void find_path(char *out, const char *name) {
    Dl_info info;
    dladdr((void *)find_path, &info);
    const char *slash = strrchr(info.dli_fname, '/');
    int folder = slash ? (int)(slash - info.dli_fname) + 1 : 0;
    snprintf(out, LONGEST_PATH, "%.*s%s", folder, info.dli_fname, name);
}

static char *read_file(const char *name, long *length) {
    char path[LONGEST_PATH];
    find_path(path, name);
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    *length = ftell(file);
    rewind(file);
    char *data = malloc((size_t)*length + 1);
    *length = (long)fread(data, 1, (size_t)*length, file);
    data[*length] = 0;
    fclose(file);
    return data;
}

static long read_number(const char *name) {
    long length, number = 0;
    char *text = read_file(name, &length);
    if (text) { number = strtol(text, NULL, 10); free(text); }
    return number;
}

static int decode(const char *text, unsigned char *out) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int length = 0, bits = 0;
    uint32_t held = 0;
    size_t count = strlen(text);
    if (count % 4) return -1;
    for (; *text && *text != '='; text++) {
        const char *letter = strchr(letters, *text);
        if (!letter) return -1;
        held = held << 6 | (uint32_t)(letter - letters);
        if ((bits += 6) >= 8) { bits -= 8; out[length++] = (unsigned char)(held >> bits); }
    }
    return length;
}

WeWorkFinanceSdk_t *NewSdk(void) { return calloc(1, sizeof(WeWorkFinanceSdk_t)); }
void DestroySdk(WeWorkFinanceSdk_t *sdk) { free(sdk); }
int Init(WeWorkFinanceSdk_t *sdk, const char *corpid, const char *secret) { return sdk && corpid && secret ? 0 : 10000; }
Slice_t *NewSlice(void) { return calloc(1, sizeof(Slice_t)); }
void FreeSlice(Slice_t *slice) { free(slice->buf); free(slice); }
char *GetContentFromSlice(Slice_t *slice) { return slice->buf; }
int GetSliceLen(Slice_t *slice) { return slice->len; }
MediaData_t *NewMediaData(void) { return calloc(1, sizeof(MediaData_t)); }
void FreeMediaData(MediaData_t *media) { free(media->outindexbuf); free(media->data); free(media); }
char *GetOutIndexBuf(MediaData_t *media) { return media->outindexbuf; }
char *GetData(MediaData_t *media) { return media->data; }
int GetIndexLen(MediaData_t *media) { return media->out_len; }
int GetDataLen(MediaData_t *media) { return media->data_len; }
int IsMediaDataFinish(MediaData_t *media) { return media->is_finish; }

int GetChatData(WeWorkFinanceSdk_t *sdk, unsigned long long seq, unsigned int limit, const char *proxy,
                const char *passwd, int timeout, Slice_t *out) {
    (void)sdk; (void)proxy; (void)passwd; (void)timeout;
    if (limit > 1000) return 10000;
    long fault = read_number("fault"), length = 0;
    if (fault) return (int)fault;
    if ((long long)seq < read_number("expired")) return 10010;
    char *text = read_file("chatdata", &length);
    static const char head[] = "{\"errcode\":0,\"errmsg\":\"ok\",\"chatdata\":[";
    out->buf = malloc((size_t)length + sizeof(head) + 3);
    int at = sprintf(out->buf, "%s", head);
    unsigned int count = 0;
    for (char *line = text, *end; line && count < limit && (end = strchr(line, '\n')); line = end + 1) {
        unsigned long long number = 0;
        if (sscanf(line, "{\"seq\":%llu", &number) != 1 || number <= seq) continue;
        at += sprintf(out->buf + at, "%s%.*s", count++ ? "," : "", (int)(end - line), line);
    }
    out->len = at + sprintf(out->buf + at, "]}");
    free(text);
    return 0;
}

int DecryptData(const char *key, const char *message, Slice_t *out) {
    size_t length = strlen(message), key_length = strlen(key);
    if (length < 13) abort();
    unsigned char *sealed = malloc(length + 1);
    int count = decode(message, sealed), code = 10008;
    uint32_t sum = 0, told;
    if (count >= 3 && !memcmp(sealed, "GBX", 3)) abort();
    if (count >= 7 && key_length && !memcmp(sealed, "GB1", 3)) {
        memcpy(&told, sealed + 3, 4);
        out->len = count - 7;
        out->buf = malloc((size_t)out->len + 1);
        for (int i = 0; i < out->len; i++) {
            out->buf[i] = (char)(sealed[i + 7] ^ (unsigned char)key[(size_t)i % key_length]);
            sum += (unsigned char)out->buf[i];
        }
        out->buf[out->len] = 0;
        code = sum == told ? 0 : 10008;
    }
    free(sealed);
    return code;
}

int GetMediaData(WeWorkFinanceSdk_t *sdk, const char *index, const char *file_id, const char *proxy,
                 const char *passwd, int timeout, MediaData_t *out) {
    (void)sdk; (void)proxy; (void)passwd; (void)timeout;
    char name[512], path[LONGEST_PATH];
    long fault = read_number("fault"), length = 0, start = 0;
    find_path(path, "calls");
    FILE *calls = fopen(path, "ab");
    if (calls) { fprintf(calls, "%s %s\n", file_id, index); fclose(calls); }
    if (fault) return (int)fault;
    if (strchr(file_id, '/') || strlen(file_id) > 400) return 10005;
    snprintf(name, sizeof(name), "media-%s", file_id);
    char *data = read_file(name, &length);
    if (!data) return 10005;
    if (*index && sscanf(index, "Range:bytes=%ld-", &start) != 1) { free(data); return 10000; }
    long count = length - start < SLICE_BYTES ? length - start : SLICE_BYTES;
    out->data = malloc((size_t)(count > 0 ? count : 0) + 1);
    out->data_len = count > 0 ? (int)count : 0;
    memcpy(out->data, data + start, (size_t)out->data_len);
    start += out->data_len;
    out->is_finish = start >= length;
    out->outindexbuf = malloc(64);
    out->out_len = sprintf(out->outindexbuf, "Range:bytes=%ld-%ld", start, start + SLICE_BYTES - 1);
    free(data);
    return 0;
}
