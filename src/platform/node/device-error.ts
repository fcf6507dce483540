/**
 * A network device that could not be opened or configured. The message is one
 * line that says what was wrong and what would be right; `code` is the errno's
 * name: EINVAL, ENOENT, EACCES, EPERM, EBUSY, ENOSYS, …
 */
export class DeviceError extends Error {
  override readonly name: string = "DeviceError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
