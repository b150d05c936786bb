{#- What the calling incremental model has not seen yet: per ticker the last date that the changes
    leave alone (`after_dt`) and the last date they touch (`to_dt`). All tickers in a full build. -#}
{% macro changes_since_last_build() -%}
    select ticker, min(after_dt) as after_dt, max(to_dt) as to_dt
    from {{ ref('int_price_changes') }}
    {% if is_incremental() -%}
    where changed_at > {{ newest_change_in(this) }}
    {% endif -%}
    group by ticker
{%- endmacro %}


{% macro newest_change_in(relation) -%}
    (select coalesce(max(changed_at), timestamp '0001-01-01 00:00:00') from {{ relation }})
{%- endmacro %}


{#- The value of `changed_at` for the rows that this build writes. -#}
{% macro newest_change() -%}
    (select max(changed_at) from {{ ref('int_price_changes') }})
{%- endmacro %}
