// SPDX-License-Identifier: Apache-2.0
/* Functions that must not be used; included last through the build for controller folders and all rooms. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atof localtime gmtime ctime asctime       \
    tmpnam system popen

#endif
