{#- The sums of the closes, their squares, their products with the log volumes and with their ages
    (days before the window's last). They are taken about a reference, the newest close: a flat
    window has a deviation of exactly zero, and no digits are lost where prices hardly move. -#}
{% macro rolling_closes() %}
    {{- return(['c', 'cc', 'cl', 'c_age']) -}}
{% endmacro %}


{#- One of these sums over five days, from the deviations dev_0 (today) to dev_4; 0 where missing. -#}
{% macro rolling_closes_of_five(name) -%}
    {%- for k in range(1 if name == 'c_age' else 0, 5) -%}
        {{ {'c': 'dev_#', 'cc': 'dev_# * dev_#', 'cl': 'dev_# * l_#_ago', 'c_age': '# * dev_#'}[name] | replace('#', k) }}
        {{- ' + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- One of these sums over a window that ended `rows` days ago (columns with `suffix`), moved from its
    own reference, which lies a `shift` higher, to another one, and with ages counted from today. -#}
{% macro rolling_closes_moved(name, suffix, shift, rows) -%}
    {%- set closes = 'cast(' ~ rolling_count('counts' ~ suffix, 'closes') ~ ' as double precision)' -%}
    {{ {
        'c': 'c{s} + {n} * {shift}',
        'cc': 'cc{s} + {shift} * (2 * c{s} + {n} * {shift})',
        'cl': 'cl{s} + {shift} * l{s}',
        'c_age': 'c_age{s} + {rows} * c{s} + {shift} * ({n} * day - cast(places{s} & 2097151 as double precision))',
    }[name] | replace('{s}', suffix) | replace('{n}', closes) | replace('{shift}', shift) | replace('{rows}', rows) }}
{%- endmacro %}


{#- The reference of the newest window that has a close: `rows` are the days ago that they ended. -#}
{% macro rolling_reference(rows, suffix) -%}
    case
        {%- for ago in rows %}
        when {{ rolling_count('counts' ~ suffix ~ ago, 'closes') }} > 0 then ref{{ suffix }}{{ ago }}
        {%- endfor %}
        else 0
    end
{%- endmacro %}
