{#- Sums of a five moved from its own reference to the window's: name, expression. `five`: the prefix of
    the five's fields, `shift`: by how much its reference lies above, `age`: how many rows ago it
    ended. With n values, sum s and sum of squares q about a reference that lies a shift x above, the
    sum becomes s + n x, that of squares q + x (2 s + n x). -#}
{% macro duckdb_rolling_moved(five, shift, age) %}
    {%- set terms = {} -%}
    {%- for name, count in [['close', 'closes'], ['traded_close', 'volumes']] -%}
        {%- do terms.update({
            name: '{five}' ~ name ~ ' + {five}' ~ count ~ ' * {shift}',
            name ~ '_squares': '{five}' ~ name ~ '_squares'
                ~ ' + {shift} * (2 * {five}' ~ name ~ ' + {shift} * {five}' ~ count ~ ')',
        }) -%}
    {%- endfor -%}
    {%- do terms.update({
        'close_log_volume': '{five}close_log_volume + {shift} * {five}log_volume',
        'age_close': '{five}age_close + {shift} * {five}age + {age} * {five}close + {age} * {shift} * {five}closes',
        'age': '{five}age + {five}closes * {age}',
        'age_squares': '{five}age_squares + 2 * {age} * {five}age + {age} * {age} * {five}closes',
        'higher_closes': lagged_terms('sign({five}close_{k} - close)', range(1, 6), ' + '),
    }) -%}
    {%- for name, term in terms.items() -%}
        {%- do terms.update({
            name: term | replace('{five}', five) | replace('{shift}', shift) | replace('{age}', age),
        }) -%}
    {%- endfor -%}
    {{- return(terms) -}}
{% endmacro %}
